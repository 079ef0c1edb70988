"""The console: what administrators see and do in a browser, by the same commands as the API."""
