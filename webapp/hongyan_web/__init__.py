"""The web app: JSON API, sign-in, pages."""
