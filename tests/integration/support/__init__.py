"""What the integration tests and the demo stand on: a throw-away CA, real beacons, a device, a bad network."""
