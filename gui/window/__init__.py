"""The main window: docks, menus and actions."""
