"""`python -m landfall_cli` is `landfall`."""

from landfall_cli.main import main

if __name__ == "__main__":
    main()
