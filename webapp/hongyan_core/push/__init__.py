"""Web push: what is told to browsers whose pages are closed."""
