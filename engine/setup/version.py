"""The version of SeqLoom, said in this one place."""

VERSION = "0.1.0"
