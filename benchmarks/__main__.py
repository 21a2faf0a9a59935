"""``python -m benchmarks [name …]``: run the measurements, all of them or those named."""

from __future__ import annotations

import sys
from importlib import import_module

ALL = ["core", "peers", "wire", "imports", "size", "page", "paint"]


def main(names: list[str]) -> None:
    for name in names or ALL:
        print(f"\n{name}: {(import_module(f'benchmarks.{name}').__doc__ or '').splitlines()[0]}")
        import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
