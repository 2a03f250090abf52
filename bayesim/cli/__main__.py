"""``python -m bayesim.cli``."""

from bayesim.cli import main

main()
