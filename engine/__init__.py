"""SeqLoom's engine: everything that needs no window. No Qt anywhere below this folder."""
