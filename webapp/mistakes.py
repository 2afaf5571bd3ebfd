"""What is said about any error, expected or not; what is a bug is written to the log."""

import logging

from werkzeug.exceptions import HTTPException

from instance.errors import Failure
from webapp import errors
from webapp.asking import Asked, BodyTooBig
from webapp.errors import Mistake

log = logging.getLogger("webapp.front")


def mistake_of(asked: Asked, error: Exception) -> Mistake:
    """Return what is told about an error; the log has a bug under its reference (OP-11)."""
    if isinstance(error, Failure):
        mistake = errors.of_failure(error)
        log.info("%s %s: %s", asked.method, mistake.status, _one_line(error.detail))
        return mistake
    if isinstance(error, BodyTooBig):
        return errors.of_size(asked.content_length, error.bytes_max)
    if isinstance(error, HTTPException):
        return errors.of_http(error)
    reference = errors.new_reference()
    where = _one_line(asked.path)
    log.error("bug %s at %s %s", reference, asked.method, where, exc_info=error)
    return errors.of_bug(reference)


def _one_line(text: str) -> str:
    """OP-12: what others sent cannot write lines of its own into the log."""
    return text.encode("unicode_escape", errors="replace").decode("ascii")[:300]
