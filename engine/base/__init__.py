"""What every other layer stands on: errors, ids, values, rules, settings, secrets, clock, plug-in discovery."""
