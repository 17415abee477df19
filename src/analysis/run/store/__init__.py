"""What is published and how it is kept: revisions, manifests, history, verification, finality."""
