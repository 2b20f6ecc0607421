"""The web app: JSON API, sign-in, pages. `hongyan_web.app.create_app` makes it."""
