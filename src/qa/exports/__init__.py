"""Exchanges as they are kept and given away: JSON, references, documents, evidence packs."""

from qa.exports.checking import Finding as Finding
from qa.exports.checking import check_pack as check_pack
from qa.exports.exporting import FORMS as FORMS
from qa.exports.exporting import export as export
from qa.exports.feedback import Mark as Mark
from qa.exports.feedback import Record as Record
from qa.exports.feedback import Source as Source
from qa.exports.feedback import from_conversation as from_conversation
from qa.exports.feedback import read_mark as read_mark
from qa.exports.feedback import read_marks as read_marks
from qa.exports.feedback import to_lines as to_lines
from qa.exports.pack import pack_bytes as pack_bytes
from qa.exports.pack import write_pack as write_pack
from qa.exports.recording import MAX_BYTES as MAX_BYTES
from qa.exports.recording import Conversation as Conversation
from qa.exports.recording import Exchange as Exchange
from qa.exports.recording import Found as Found
from qa.exports.recording import from_json as from_json
from qa.exports.recording import kept as kept
from qa.exports.recording import now as now
from qa.exports.recording import to_json as to_json
from qa.exports.styles import STYLES as STYLES
from qa.exports.styles import cite as cite
from qa.exports.wording import day as day
from qa.exports.wording import page_name as page_name
from qa.exports.wording import safe_url as safe_url
