"""Agents behind a URL: one class for each protocol, and one that finds out which it is.

``server`` is HTTP and how it fails, ``base`` what all protocols share; each protocol is a pure translator, and an
adapter that knows its requests. All is on turnwise's own loop. Nothing here is imported before it is used.
"""
