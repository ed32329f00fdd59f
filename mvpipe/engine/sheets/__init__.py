"""Sheets for people: contact sheets, and pictures of what was heard."""
