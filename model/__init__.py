"""Pictures in, predictions out: decoding, networks, calibration and the registry of versions."""
