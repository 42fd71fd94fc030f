import csv
import io


class EvidenceCase:
    """Reads the evidence about a customer, part by part, as a user."""

    def read_evidence(self, profile, user=None):
        """Return {folder/name: bytes, or the error that kept it from being read}."""
        self.env.flush_all()
        own = profile.with_user(user) if user else profile
        found = {}
        for part in own.env["sale.collection.evidence"]._read_parts(own):
            path = f"{part.folder}/{part.name}"
            self.assertNotIn(path, found)
            try:
                found[path] = b"".join(part.read())
            except Exception as error:  # noqa: BLE001
                found[path] = error
        return found

    def read_rows(self, data):
        """Return the rows of a table as dicts."""
        return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
