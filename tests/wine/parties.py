"""What the tests under Wine have in common."""

import tempfile
import unittest

from machine import Pki


class OnWindows(unittest.TestCase):
    @classmethod
    def of_class(cls, context):
        """What the context gives; it ends with the class."""
        value = context.__enter__()
        cls.addClassCleanup(context.__exit__, None, None, None)
        return value

    def entered(self, context):
        """The same for one test."""
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value


class WithPki(OnWindows):
    """`pki` is a CA of RSA keys, made for the class."""

    @classmethod
    def setUpClass(cls):
        cls.pki = Pki(cls.of_class(tempfile.TemporaryDirectory(prefix="muster-windows-pki-")))
