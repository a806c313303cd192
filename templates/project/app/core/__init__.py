"""What every resource shares: settings, database, errors, logging, limits."""
