"""``python -m trigforge.cli`` is the command ``trigforge``."""

from trigforge.cli import main

main()
