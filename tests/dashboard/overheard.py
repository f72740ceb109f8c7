"""The dashboard, with all that its pages work out written down in the file that `OVERHEARD` names."""

import os
import sys
from pathlib import Path

from streamlit.web import cli

from dashboard.session import Session
from dashboard.start import command

work_out = Session.work_out


def noted(session, finding, *args, **kwargs):
    """Work out a finding, after noting its measure or its name."""
    asked = getattr(args[0], "measure", finding.__name__) if args else finding.__name__
    with Path(os.environ["OVERHEARD"]).open("a") as said:
        said.write(f"{asked}\n")
    return work_out(session, finding, *args, **kwargs)


if __name__ == "__main__":
    Session.work_out = noted
    # What is left of the command is what Streamlit's own program gets.
    sys.argv = command(port=int(sys.argv[sys.argv.index("--port") + 1]))[2:]
    cli.main()
