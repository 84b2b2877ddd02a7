# Written with no-break spaces, so that a narrow column breaks between day and time only.
# Read by Django (FORMAT_MODULE_PATH). Staff compare times with logs: one zone, said with every time, and seconds.
DATETIME_FORMAT = "j\xa0M\xa0Y, H:i:s\xa0\\U\\T\\C"
SHORT_DATETIME_FORMAT = DATETIME_FORMAT
DATE_FORMAT = "j M Y"
