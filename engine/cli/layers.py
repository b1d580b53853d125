"""`layers`: the catalog."""

from __future__ import annotations

import argparse
import json

from engine.catalog.snapshot import encode, load_snapshot


def layers(wanted: argparse.Namespace) -> int:
    """Answers `layers`."""
    catalog = load_snapshot()
    if wanted.json:
        print(json.dumps(encode(catalog), ensure_ascii=False))
        return 0
    known = catalog.layers.values()
    print(f"Keras {catalog.keras}: {sum(layer.placeable for layer in known)} layers that may be placed")
    for category in dict.fromkeys(layer.category for layer in known):
        print(f"\n{category}")
        for layer in known:
            if layer.category == category and layer.placeable:
                print(f"  {layer.type:<28} {layer.doc}")
    print("\nnot placed")
    for layer in known:
        if not layer.placeable:
            print(f"  {layer.type:<28} {layer.reason}")
    return 0
