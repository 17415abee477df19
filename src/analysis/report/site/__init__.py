"""The pages around the months: index of everything, index of each audience, method, open data."""
