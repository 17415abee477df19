"""Official papers (公文) of a month and of a year as .docx, from the same sentences and tables as the pages (S44)."""
