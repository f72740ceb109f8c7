"""A brand's expression in the languages of sources that are searched, and over streams that are sifted."""
