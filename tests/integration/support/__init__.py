"""What the integration tests and the demo stand on: a throw-away CA, real beacons, a device, a bad network.

    pki = shared_pki()                                           # ca.py: half a second, once a process
    with Beacon(pki) as beacon, Relay(beacon.port, 0.3) as relay:  # beacon.py, relay.py
        with Device(pki, [relay.port, dead_port()]) as device:   # device.py; the program is the environment's MUSTER
            run = device.run("upload", device.file("a.ndi", b"..."), "-o", "NetworkTimeout=2")
            run.code, run.out, run.err, run.seconds, run.lines(), run.json()
    beacon.uploaded(), beacon.requests()

All processes and folders end with their `with`. servers.py has Apache httpd and HAProxy in the place of nginx,
scripted.py a beacon that answers as the test says; agent.py has `muster run` in the background; network.py puts a beacon
far away; crash.py and disks.py let system calls, the program, the power and the disk fail.
"""
