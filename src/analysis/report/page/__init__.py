"""What pages are made of: pieces of HTML, the look of charts, fonts, what may stand on a page, and the page itself."""
