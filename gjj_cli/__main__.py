"""`python -m gjj_cli` is `gjj`."""

from gjj_cli.app import run

if __name__ == "__main__":
    run()
