"""The help inside the window: written pages, pages of layers made from the catalog, search, live examples."""
