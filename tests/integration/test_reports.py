"""What the running agent reports of its device: a document in the spool, when the state has changed."""

import json
import time
import unittest

from support.agent import Agent
from support.beacon import wait_until
from support.running import OneDevice


class Reports(OneDevice):
    settings = {"MachineId": "laptop 7"}

    def setUp(self):
        super().setUp()
        (self.device.data / "state").mkdir()
        self.last = self.device.data / "state" / "last-status"

    def reported(self):
        return [path for path in self.beacon.uploaded() if "Status" in str(path)]

    def report(self):
        wait_until(self.reported, 20, "the report")
        return self.beacon.uploaded()[self.reported()[0]]

    def test_a_state_that_differs_from_the_last_report_is_reported_once(self):
        self.last.write_text(f"{int(time.time()) - 3600} another state")
        with Agent(self.device):
            document = json.loads(self.report())
            self.assertEqual(document["device"], "laptop 7")
            self.assertTrue(document["works"])
            self.assertIsNone(document["problem"])
            self.assertIsNone(document["update"])
            self.assertGreater(document["certificate"]["days_left"], 0)
            self.assertEqual([beacon["penalty"] for beacon in document["beacons"]], [None])
            # Its own upload, and another one, are no change.
            self.device.put("a.ndi")
            wait_until(lambda: not self.device.waiting(), 10, "an empty spool")
        self.assertEqual(len([line for line in self.beacon.puts() if "Status" in line]), 1)

    def test_an_update_that_is_staged_is_reported(self):
        (self.device.data / "state" / "updates").mkdir()
        (self.device.data / "state" / "updates" / "check.json").write_text(
            json.dumps({"number": 12, "version": "1.4.0", "staged": True}))
        self.last.write_text(f"{int(time.time()) - 3600} another state")
        with Agent(self.device):
            update = json.loads(self.report())["update"]
        self.assertEqual((update["number"], update["version"], update["staged"]), (12, "1.4.0", True))
        self.assertEqual((update["step"], update["result"], update["refusal"]), ("none", None, None))

    def test_a_change_within_a_quarter_of_an_hour_waits(self):
        self.last.write_text(f"{int(time.time()) - 60} another state")
        with Agent(self.device):
            self.device.put("a.ndi")
            wait_until(lambda: self.beacon.puts(), 10, "an upload")
        self.assertEqual(self.reported(), [])

    def test_a_broken_certificate_is_reported_with_its_remedy(self):
        self.last.write_text(f"{int(time.time()) - 3600} another state")
        self.device.certificate.write_text("broken")
        with Agent(self.device):
            file = self.device.spool / "Status" / "laptop%207.json"
            wait_until(file.exists, 20, "the report in the spool")
            document = json.loads(file.read_text())
        self.assertFalse(document["works"])
        self.assertEqual(document["problem"]["kind"], "identity")
        self.assertTrue(document["problem"]["remedy"])

    def test_a_record_that_is_damaged_or_from_the_future_does_not_silence_the_agent(self):
        self.last.write_text(f"{int(time.time()) + 10**8} another state")
        with Agent(self.device):
            self.report()


if __name__ == "__main__":
    unittest.main()
