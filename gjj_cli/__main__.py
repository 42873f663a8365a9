"""`python -m gjj_cli` is `gjj`."""

from gjj_cli.app import main

if __name__ == "__main__":
    raise SystemExit(main())
