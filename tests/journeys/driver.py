"""The program in a real X window, driven with real mouse and key events."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAUSE_S = 0.1
PATIENCE_S = 120.0


class Screen:
    """A virtual X screen for the time of a `with` statement."""

    def __init__(self, size: str = "1366x768") -> None:
        self._size = size

    def __enter__(self) -> Screen:
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{self._size}x24", "-nolisten", "tcp"]
        self._server = subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            self.display = f":{pipe.readline().strip()}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.terminate()
        self._server.wait()


class Program:
    """The program on a screen; says where things stand through a file.

    Attributes:
        actions: what a person has done so far: one for each click, drag, chord of keys and typed word.
    """

    def __init__(self, screen: Screen, folder: Path, *words: str, theme: str = "") -> None:
        if theme:
            settings = folder / "config" / "seqloom"
            settings.mkdir(parents=True)
            (settings / "seqloom.conf").write_text(f"[General]\ntheme={theme}\n")
        self._places = folder / "places.json"
        self._places.unlink(missing_ok=True)
        environment = {key: value for key, value in os.environ.items() if key != "QT_QPA_PLATFORM"}
        self._environment = {
            **environment, "DISPLAY": screen.display, "SEQLOOM_READY_FILE": str(self._places),
            "XDG_CONFIG_HOME": str(folder / "config"), "XDG_STATE_HOME": str(folder / "state"),
        }  # fmt: skip
        self.actions = 0
        self.process = subprocess.Popen([sys.executable, str(ROOT / "main.py"), *words], env=self._environment)

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)

    def places(self) -> dict[str, Any]:
        """What the program last said."""
        try:
            return json.loads(self._places.read_text())
        except (OSError, ValueError):
            return {}

    def wait(self, what: str, until: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Waits until something is true of what the program says, twice in a row."""
        deadline, seen = time.monotonic() + PATIENCE_S, 0
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the program has ended with {self.process.poll()}"
            places = self.places()
            seen = seen + 1 if places and until(places) else 0
            if seen == 2:
                return places
            time.sleep(0.2)
        raise AssertionError(f"waited in vain for {what}; the program last said {self.places()}")

    def xdotool(self, *words: object) -> None:
        """One command of xdotool."""
        subprocess.run(["xdotool", *map(str, words)], env=self._environment, check=True, capture_output=True)

    def take_keyboard(self, title: str = "SeqLoom") -> None:
        """What a window manager does for a new window, and none runs here: the keyboard belongs to it."""
        self.xdotool("search", "--sync", "--onlyvisible", "--name", title, "windowfocus")
        time.sleep(PAUSE_S)

    def click(self, place: list[int]) -> None:
        """Moves there and clicks."""
        self.actions += 1
        self.xdotool("mousemove", *place)
        time.sleep(PAUSE_S)
        self.xdotool("click", 1)
        time.sleep(PAUSE_S)

    def right_click(self, place: list[int]) -> None:
        """Moves there and asks for the menu."""
        self.actions += 1
        self.xdotool("mousemove", *place)
        time.sleep(PAUSE_S)
        self.xdotool("click", 3)
        time.sleep(PAUSE_S)

    def choose(self, *entries: str) -> None:
        """Entries of the menu that is open: on through menus of its own, and a click on the last."""
        for entry in entries[:-1]:
            self.xdotool("mousemove", *self.wait(entry, lambda p, entry=entry: entry in p["menu"])["menu"][entry])
        self.click(self.wait(entries[-1], lambda p: entries[-1] in p["menu"])["menu"][entries[-1]])

    def place(self, layer: str) -> None:
        """A layer after the selected block, by its name."""
        count = len(self.places()["blocks"])
        self.key("a")
        self.wait("the list of layers", lambda p: p["focus"] == "Filter")
        self.type(layer)
        self.key("Return")
        self.wait(layer, lambda p: len(p["blocks"]) == count + 1 and p["focus"].startswith("Canvas"))

    def choose_file(self, shortcut: str, path: Path) -> None:
        """A shortcut that asks for a file, and the file."""
        self.key(shortcut)
        title = self.wait("the dialog", lambda p: p["dialog"])["dialog"]
        self.take_keyboard(title)
        self.type(str(path))
        self.key("Return")
        if not self.wait("the end of the dialog", lambda p: p["dialog"] != title)["dialog"]:
            self.take_keyboard()

    def double_click(self, place: list[int]) -> None:
        """Two clicks: into a field it chooses the whole word."""
        self.click(place)
        self.actions += 1
        self.xdotool("click", 1)
        time.sleep(PAUSE_S)

    def drag(self, start: list[int], end: list[int]) -> None:
        """Presses, moves in ten steps as a hand does, lets go."""
        self.actions += 1
        self.xdotool("mousemove", *start)
        time.sleep(PAUSE_S)
        self.xdotool("mousedown", 1)
        time.sleep(PAUSE_S)
        for part in range(1, 11):
            self.xdotool("mousemove", *(round(a + (b - a) * part / 10) for a, b in zip(start, end, strict=True)))
            time.sleep(0.03)
        time.sleep(0.15)
        self.xdotool("mouseup", 1)
        time.sleep(PAUSE_S)

    def type(self, text: str) -> None:
        """Types into whatever has the keyboard."""
        self.actions += 1
        self.xdotool("type", "--delay", 20, text)
        time.sleep(PAUSE_S)

    def key(self, *names: str) -> None:
        """Presses keys, or chords of keys, one after the other."""
        for name in names:
            self.actions += 1
            self.xdotool("key", name)
            time.sleep(PAUSE_S)

    def screenshot(self, path: Path) -> None:
        """What a person sees, where ImageMagick is installed."""
        if shutil.which("import"):
            subprocess.run(["import", "-window", "root", str(path)], env=self._environment, check=False)
