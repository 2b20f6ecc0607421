"""Find messages by their words, in any language: docs/search.md has how it works and what it costs."""
