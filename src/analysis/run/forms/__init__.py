"""The empty workbooks that `analysis start` writes, and who sends what."""
