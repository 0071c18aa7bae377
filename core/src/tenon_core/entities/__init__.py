"""The shared nouns of every company (public): import them from here."""

from tenon_core.entities.accounts import Account, Address, Industry, InvoiceProfile, Region
from tenon_core.entities.activities import Activity, ActivityParticipant, ActivitySubject
from tenon_core.entities.approvals import (
    ApprovalAssignment,
    ApprovalDecision,
    ApprovalFlow,
    ApprovalRequest,
    ApprovalStep,
)
from tenon_core.entities.audit import AuditBlock, AuditEntry
from tenon_core.entities.calendars import Calendar, CalendarDay
from tenon_core.entities.contacts import Contact, ContactAccount, ContactChannel
from tenon_core.entities.customers import (
    CareDue,
    CarePolicy,
    OwnershipPeriod,
    Pool,
    PoolEntry,
    Tier,
    TierRule,
)
from tenon_core.entities.documents import Document, DocumentLink, DocumentVersion
from tenon_core.entities.duplicates import DuplicateKey, DuplicatePair, Merge
from tenon_core.entities.facts import StoredEvent, StoredEventSubject, Webhook, WebhookDelivery
from tenon_core.entities.finance import Currency, ExchangeRate
from tenon_core.entities.handovers import Handover, HandoverItem
from tenon_core.entities.imports import ImportMapping, ImportRun
from tenon_core.entities.people import (
    ApiToken,
    Epoch,
    Grant,
    LoginSession,
    Role,
    TeamMember,
    Unit,
    User,
    UserRole,
)
from tenon_core.entities.plugins import PluginState
from tenon_core.entities.products import BomLine, Product, ProductCategory
from tenon_core.entities.records import (
    Comment,
    CustomField,
    Label,
    Mention,
    Notification,
    SavedView,
    Tag,
    Tagging,
)
from tenon_core.entities.relationships import Relationship
from tenon_core.entities.system import FollowUp, LoginAttempt, RepeatedRequest, Sequence

__all__ = [
    "Account",
    "Activity",
    "ActivityParticipant",
    "ActivitySubject",
    "Address",
    "ApiToken",
    "ApprovalAssignment",
    "ApprovalDecision",
    "ApprovalFlow",
    "ApprovalRequest",
    "ApprovalStep",
    "AuditBlock",
    "AuditEntry",
    "BomLine",
    "Calendar",
    "CalendarDay",
    "CareDue",
    "CarePolicy",
    "Comment",
    "Contact",
    "ContactAccount",
    "ContactChannel",
    "Currency",
    "CustomField",
    "Document",
    "DocumentLink",
    "DocumentVersion",
    "DuplicateKey",
    "DuplicatePair",
    "Epoch",
    "ExchangeRate",
    "FollowUp",
    "Grant",
    "Handover",
    "HandoverItem",
    "ImportMapping",
    "ImportRun",
    "Industry",
    "InvoiceProfile",
    "Label",
    "LoginAttempt",
    "LoginSession",
    "Mention",
    "Merge",
    "Notification",
    "OwnershipPeriod",
    "PluginState",
    "Pool",
    "PoolEntry",
    "Product",
    "ProductCategory",
    "Region",
    "Relationship",
    "RepeatedRequest",
    "Role",
    "SavedView",
    "Sequence",
    "StoredEvent",
    "StoredEventSubject",
    "Tag",
    "Tagging",
    "TeamMember",
    "Tier",
    "TierRule",
    "Unit",
    "User",
    "UserRole",
    "Webhook",
    "WebhookDelivery",
]
