"""The house's plain words: which ones docstrings, comments, descriptions and names avoid, and the check for them."""
