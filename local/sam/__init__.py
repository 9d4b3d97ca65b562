"""sam local: functions in containers, recorded events."""
