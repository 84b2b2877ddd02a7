"""How dates are written where no page says otherwise: the back office."""
