"""A release: one version of PDF, site, data and figures with citation metadata and checksums, made from one commit; and its proof.

What is made and how it is proved is one way: :mod:`.rebuild` takes the commit's files into an empty folder and runs
:mod:`.assemble` of that commit there. ``iscm release`` keeps the result; ``iscm verify`` compares it with what was kept."""
from __future__ import annotations


class ReleaseError(Exception):
    """A release cannot be made or proved; the text has every reason."""
