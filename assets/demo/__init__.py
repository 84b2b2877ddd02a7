"""Illustrations for the demo restaurants, drawn by code: no downloads, no licences, always the same."""

from assets.demo.drawing import NAMES, draw

__all__ = ["NAMES", "draw"]
