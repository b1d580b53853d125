"""Small widgets that know Qt, not the application."""
