# Read by Django (FORMAT_MODULE_PATH). Staff compare times with logs: one zone, said with every time, and seconds.
DATETIME_FORMAT = r"j M Y, H:i:s \U\T\C"
SHORT_DATETIME_FORMAT = DATETIME_FORMAT
DATE_FORMAT = "j M Y"
