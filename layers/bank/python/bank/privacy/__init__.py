"""Personal data of customers across rooms: what tables hold, what an export gives, what erasure leaves."""
