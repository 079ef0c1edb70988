"""Pages as people use them, in Debian's Chromium, against the real services and the simulated Microsoft 365.

A test asks for `somebody`, who has a browser of their own, on the running system. Whatever a page must never do
fails the test by itself (`troubles`); `check_page` judges what a page looks like and whether all can use it.
"""
