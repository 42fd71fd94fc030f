import base64
from io import BytesIO
from types import SimpleNamespace
from unittest.mock import patch

from werkzeug.datastructures import FileStorage, MultiDict

from odoo.tests import tagged

from ..controllers import tell
from ..models.dispute import MEGABYTE, MOST_MEGABYTES
from .common import PortalCommon
from .test_confirmation import PIXEL

PICTURE = base64.b64decode(PIXEL)
PAPER = b"%PDF-1.4\n%%EOF"


@tagged("post_install", "-at_install")
class TestPhoto(PortalCommon):
    """Photos that come with an objection: what is taken, and who sees them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.owed = cls.owe(100, -30)
        cls.line = cls.receivable_lines(cls.owed)

    def object(self, *files, line=None):
        """Say what is wrong with these files: return the answer and the dispute."""
        page = self.open(self.choose(line or self.line).replace("/pay?", "/tell?"))
        [form] = page.xpath("//form[@name='dispute']")
        self.assertEqual(form.get("enctype"), "multipart/form-data")
        data = [
            (field.get("name"), field.get("value"))
            for field in form.xpath(".//input[@value]")
        ]
        data.append(("objection", form.xpath(".//option/@value")[1]))
        data.append(("words", "Two boxes were broken."))
        self.env.flush_all()
        answer = self.url_open(
            "/my/statement/told",
            data=data,
            # a browser sends an empty one where no file is chosen
            files=[("files", file) for file in files or (("", b""),)],
        )
        self.assertEqual(answer.status_code, 200)
        self.env.invalidate_all()
        disputes = self.env["sale.collection.dispute"]
        return answer, disputes.search([("profile_id", "=", self.profile.id)])

    def test_files_of_a_request_that_is_tried_again(self):
        """Core rewinds the first of a name alone; the second is read again too."""
        given = (("box.png", PICTURE), ("list.pdf", PAPER))
        files = [
            ("files", FileStorage(BytesIO(content), filename=name))
            for name, content in given
        ]
        sent = SimpleNamespace(httprequest=SimpleNamespace(files=MultiDict(files)))
        with patch.object(tell, "request", sent):
            for _attempt in range(2):
                self.assertEqual(tell._read_files(), list(given))

    def test_photos_are_attached_and_seen_again(self):
        self.login("customer")
        _answer, dispute = self.object(("box.html", PICTURE), ("list.pdf", PAPER))
        photos = dispute.sudo().photo_ids.sorted("id")
        self.assertEqual(photos.mapped("name"), ["box.png", "list.pdf"])
        self.assertEqual(photos.mapped("mimetype"), ["image/png", "application/pdf"])
        self.assertEqual(set(photos.mapped("res_id")), {dispute.id})
        self.assertEqual(set(photos.mapped("res_model")), {dispute._name})
        self.assertEqual(dispute.objector_id, self.customer)
        page = self.open("/my/statement")
        [text] = self.read_texts(page, "objection")
        self.assertIn(self.owed.name, text)
        self.assertNotIn("Two boxes", text)
        links = page.xpath("//a[@name='photo']/@href")
        self.assertEqual(len(links), 2)
        answer = self.url_open(links[0])
        self.assertEqual(answer.content, PICTURE)
        self.assertEqual(answer.headers["Content-Type"], "image/png")
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")

    def test_without_photos(self):
        self.login("customer")
        _answer, dispute = self.object()
        self.assertEqual(dispute.amount, 100)
        self.assertFalse(dispute.photo_ids)

    def test_what_is_not_taken(self):
        self.login("customer")
        big = b"\xff\xd8\xff" + b"0" * (MOST_MEGABYTES * MEGABYTE)
        for files, words in (
            ([("page.png", b"<html><script>")], "neither a photo"),
            ([("empty.png", b"")], "neither a photo"),
            ([("big.jpg", big)], "larger than 5 MB"),
            ([(f"{number}.png", PICTURE) for number in range(6)], "at most 5 files"),
            ([("good.png", PICTURE), ("bad.exe", b"MZ")], "neither a photo"),
        ):
            with self.subTest(words=words):
                answer, dispute = self.object(*files)
                self.assertIn(words, answer.text)
                self.assertFalse(dispute)

    def test_nobody_else_sees_them(self):
        self.login("customer")
        _answer, dispute = self.object(("box.png", PICTURE))
        internal = self.env["ir.attachment"].create(
            {
                "name": "internal.png",
                "raw": PICTURE,
                "res_model": dispute._name,
                "res_id": dispute.id,
            }
        )
        paths = [f"/my/statement/photo/{dispute.sudo().photo_ids.id}"]
        internal_path = f"/my/statement/photo/{internal.id}"
        self.env.flush_all()
        self.assertEqual(self.url_open(paths[0]).status_code, 200)
        self.assertEqual(self.url_open(internal_path).status_code, 404)
        self.login("other")
        self.assertEqual(self.url_open(paths[0]).status_code, 404)
        self.customer.collection_portal_scope = "own"
        self.login("contact")
        self.env.flush_all()
        self.assertEqual(self.url_open(paths[0]).status_code, 404)
        self.assertFalse(self.read_texts(self.open("/my/statement"), "objection"))
        self.authenticate(None, None)
        self.assertIn("/web/login", self.url_open(paths[0]).url)

    def test_collectors_see_them_and_change_nothing(self):
        self.login("customer")
        _answer, dispute = self.object(("box.png", PICTURE))
        user = self.new_user("photo", "sale_collection.group_user")
        self.customer.user_id = user
        seen = dispute.with_user(user)
        photo = seen.photo_ids
        self.assertEqual((photo.name, photo.raw), ("box.png", PICTURE))
        seen.write({"photo_ids": [], "objector_id": False})
        self.assertEqual(
            (dispute.photo_ids, dispute.objector_id), (photo, self.customer)
        )
