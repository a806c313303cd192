"""The application. `app.main:app` is what a server runs."""
