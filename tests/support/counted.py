"""Files of counters, as networks write them: of TS 32.435 and of its heir in TS 28.532. Made up."""

from xml.sax.saxutils import escape, quoteattr

OLD = "http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec"
NEW = "http://www.3gpp.org/ftp/specs/archive/28_series/28.532#measData"


def measurement_file(objects, *, ended_at="2026-11-20T10:15:00Z", duration="PT900S", suspect=(), form="listed", **head):
    """Return a file in which each object counted something: by the name of the object, by the name of the counter.

    `form` is "listed" (measTypes and measResults), "single" (measType and r, of TS 32.435), or "new" (TS 28.532).
    """
    body = "".join(
        block(name, counters, ended_at, duration, is_suspect=name in suspect, form=form)
        for name, counters in objects.items()
    )
    prefix, entity = quoteattr(head.get("prefix", "")), quoteattr(head.get("entity", ""))
    if form == "new":
        text = (
            f'<md:measDataFile xmlns:md="{NEW}"><md:fileHeader fileFormatVersion="28.532 V18" dnPrefix={prefix}>'
            f'<md:fileSender senderName="x"/><md:measData beginTime="{ended_at}"/></md:fileHeader><md:measData>'
            f"<md:measEntity localDn={entity}/>{body}</md:measData></md:measDataFile>"
        )
    else:
        text = (
            f'<measCollecFile xmlns="{OLD}"><fileHeader fileFormatVersion="32.435 V10.0" dnPrefix={prefix}>'
            f'<fileSender localDn="x"/><measCollec beginTime="{ended_at}"/></fileHeader><measData>'
            f"<managedElement localDn={entity}/>{body}</measData>"
            f'<fileFooter><measCollec endTime="{ended_at}"/></fileFooter></measCollecFile>'
        )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def block(name, counters, ended_at, duration, *, is_suspect, form):
    """Return a measInfo of one object."""
    p = "md:" if form == "new" else ""
    if form == "listed":
        types = f"<measTypes>{escape(' '.join(counters))}</measTypes>"
        results = f"<measResults>{' '.join(map(str, counters.values()))}</measResults>"
    else:
        types = "".join(f'<{p}measType p="{n}">{one}</{p}measType>' for n, one in enumerate(counters, 7))
        results = "".join(f'<{p}r p="{n}">{value}</{p}r>' for n, value in enumerate(counters.values(), 7))
    told = f"<{p}suspect>true</{p}suspect>" if is_suspect else ""
    return (
        f'<{p}measInfo measInfoId="1"><{p}job jobId="1"/><{p}granPeriod duration="{duration}" endTime="{ended_at}"/>'
        f"{types}<{p}measValue measObjLdn={quoteattr(name)}>{results}{told}</{p}measValue></{p}measInfo>"
    )
