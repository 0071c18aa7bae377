"""Who asks: tokens of integrations, log-ins of people, and what guards both."""
