"""``python -m fillproof`` is the command ``fillproof``."""

from fillproof.cli import main

if __name__ == "__main__":
    main()
