"""`python -m forensic_style` is the command `forensic-style`."""

from forensic_style.cli import main

if __name__ == "__main__":
    main()
