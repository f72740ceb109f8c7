"""The signs of spam are seen in adverts, and not in the complaints that use the same words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.spam import NO_SIGN_SEEN, SIGNS, combined, reasons, signs

TO_WIN = "asks to follow, share or tag to win"
HASHTAGS = "many hashtags"
MENTIONS = "many mentions"
BUY = "link with a call to buy"
OFFER = "phone number or messenger contact with an offer"
SHOUTING = "shouting"
COPIED = "same text posted by several authors"
JOB = "job advert"
CODE = "referral or promo code"
MONEY = "crypto or betting or loan offer"

BEARING = [
    (TO_WIN, "WIN a phone! Follow us and tag three friends"),
    (TO_WIN, "GIVEAWAY: retweet for a power bank"),
    (TO_WIN, "Jeu concours : abonne-toi et partage"),
    (TO_WIN, "Sorteo de un móvil: síguenos y comparte"),
    (TO_WIN, "Sorteio! Siga a página e marque dois amigos"),
    (TO_WIN, "Gewinnspiel: folge uns und markiere eine Freundin"),
    (TO_WIN, "Vinci uno smartphone: segui la pagina e tagga un amico"),
    (TO_WIN, "اربح جوائز: تابعنا وشارك المنشور"),
    (TO_WIN, "इनाम जीतें! फॉलो और शेयर करें"),
    (TO_WIN, "Shinda zawadi, fuata ukurasa na sambaza"),
    (TO_WIN, "Undian pulsa! Ikuti akun dan bagikan"),
    (TO_WIN, "Розыгрыш телефона: подпишись и сделай репост"),
    (TO_WIN, "Çekiliş! Takip et, arkadaşını etiketle"),
    (HASHTAGS, "New shop #sim #data #lagos #deal #cheap"),
    (MENTIONS, "Look at this @ann @bob @cid @dee @eve"),
    (BUY, "Order now, best price in town https://shop.example/x"),
    (BUY, "Jetzt bestellen: www.shop.example"),
    (BUY, "Beli sekarang di https://toko.example"),
    (BUY, "Cliquez ici et profitez https://boutique.example"),
    (OFFER, "Selling cheap data, WhatsApp me"),
    (OFFER, "I dey sell data, call 0803 555 0123"),
    (OFFER, "Vendo chip ativado, chama no WhatsApp"),
    (OFFER, "للبيع شريحة مميزة واتساب"),
    (OFFER, "Продам симку, пишите в телеграм"),
    (OFFER, "Nauza bando, piga 0712 345 678"),
    (OFFER, "Satılık hat, 0532 555 01 23"),
    (OFFER, "You are selected for a holiday, to claim call 0900 555 0123"),
    (SHOUTING, "THE BEST PHONES IN TOWN ARE HERE"),
    (JOB, "We are hiring sales agents in Accra"),
    (JOB, "Lowongan kerja operator, kirim CV"),
    (JOB, "وظائف شاغرة في شركة الاتصالات"),
    (JOB, "Sales job, apply: https://jobs.example"),
    (JOB, "Offre d'emploi : conseiller en boutique"),
    (CODE, "Use my code SAVE10 and sign up"),
    (CODE, "Mein Gutschein: https://freund.example"),
    (CODE, "Промокод на скидку https://promo.example"),
    (CODE, "كود خصم للجميع https://x.example"),
    (MONEY, "Join our forex group and earn daily"),
    (MONEY, "Instant loans, call 0700 111 222"),
    (MONEY, "Slot gacor hari ini https://judi.example"),
    (MONEY, "Казино с бонусом https://bet.example"),
    (MONEY, "Mkopo wa haraka, jisajili leo"),
    (MONEY, "Kripto ile para kazan, kaydol"),
]

INNOCENT = [
    (TO_WIN, "You win, I give up on your support"),
    (TO_WIN, "I won a prize in your shop and nobody sends it"),
    (TO_WIN, "Please share my complaint with your manager"),
    (TO_WIN, "Mon forfait gagne en débit, merci"),
    (HASHTAGS, "No signal #fail #help #leeds"),
    (HASHTAGS, "Ticket #12345, ticket #12346, ticket #1, ticket #2, ticket #3"),
    (HASHTAGS, "#fail #fail #fail #fail #fail #fail"),
    (MENTIONS, "@ann @bob @cid @dee @eve @fay I agree with you all"),
    (MENTIONS, "mail me at a@b.example or c@d.example or e@f.example or g@h.example or i@j.example"),
    (BUY, "Your discount never arrived, see https://forum.example/1"),
    (BUY, "Where is the discount you promised?"),
    (BUY, "The whole story: https://blog.example/1"),
    (OFFER, "My number 0803 555 0123 has been blocked"),
    (OFFER, "I wrote on WhatsApp two hours ago"),
    (OFFER, "Is there a data plan for WhatsApp only?"),
    (OFFER, "Why are you selling my number 0803 555 0123?"),
    (OFFER, "Order 2024-11-22 was for sale at 10.000.000"),
    (SHOUTING, "NO SIGNAL!!!"),
    (SHOUTING, "My SIM and my USB LTE stick from the UK"),
    (SHOUTING, "लगातार नेटवर्क बंद है और कोई सुनता नहीं"),
    (JOB, "Do your job and fix the mast"),
    (JOB, "I lost my job because of your outage https://x.example"),
    (JOB, "Gute Arbeit, danke"),
    (CODE, "The USSD code *131# is not working"),
    (CODE, "I never got the verification code by SMS"),
    (CODE, "What is the area code of Leeds?"),
    (CODE, "The unlock code you gave me, use code ABC12345, isn't accepted https://x.example"),
    (MONEY, "Stop sending me betting adverts https://x.example"),
    (MONEY, "You deducted my airtime for a quick loan, call 0700 111 222"),
    (MONEY, "What are the odds of a call back"),
    (COPIED, "The same text as everybody"),
]


@pytest.mark.parametrize(("sign", "text"), BEARING)
def test_sign_is_seen(sign, text):
    assert sign in signs(text)


@pytest.mark.parametrize(("sign", "text"), INNOCENT)
def test_sign_is_not_seen_where_the_words_mean_something_else(sign, text):
    assert sign not in signs(text)


def test_copies_are_known_from_outside():
    assert signs("hello", is_copied=True) == (COPIED,)


def test_every_sign_has_an_example():
    assert {sign for sign, _ in BEARING} | {COPIED} == set(SIGNS)
    assert {sign for sign, _ in INNOCENT} == set(SIGNS)


def test_plain_complaint_has_no_sign():
    assert signs("Third day without signal, my mother cannot call anybody. Shame on you!") == ()


@given(st.text(max_size=300), st.booleans())
def test_any_text_can_be_read(text, is_copied):
    found = signs(text, is_copied=is_copied)
    assert list(found) == [sign for sign in SIGNS if sign in found]
    assert (COPIED in found) is is_copied


@pytest.mark.parametrize("text", ["@" * 50_000, "#" * 50_000, "+1 " * 20_000, "win " * 20_000, "http://" * 9_000])
def test_hostile_text_takes_no_time(text):
    assert signs(text) in {(), (SHOUTING,)}


@given(st.floats(0, 1), st.sets(st.sampled_from(sorted(SIGNS))), st.sampled_from(sorted(SIGNS)))
def test_signs_only_add(probability, seen, one_more):
    assert 0 < combined(probability, seen) <= combined(probability, seen | {one_more}) < 1


@given(st.floats(0, 1), st.floats(0, 1), st.sets(st.sampled_from(sorted(SIGNS))))
def test_surer_head_is_never_less_sure_together(one, other, seen):
    low, high = sorted((one, other))
    assert combined(low, seen) <= combined(high, seen)


def test_unsure_head_follows_the_signs():
    assert combined(0.5, ()) < 0.5 < 0.85 < combined(0.5, (OFFER,))


def test_shouting_alone_accuses_nobody():
    assert combined(0.4, (SHOUTING,)) < 0.5


def test_head_sure_of_a_person_is_not_overruled_by_one_sign():
    assert combined(0.02, (OFFER,)) < 0.5


@pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
def test_probability_out_of_range_is_said(probability):
    with pytest.raises(ValueError, match="between 0 and 1"):
        combined(probability, ())


def test_reader_sees_a_reason_wherever_spam_is_likely():
    assert reasons(0.9, (BUY, JOB)) == (BUY, JOB)
    assert reasons(0.9, ()) == (NO_SIGN_SEEN,)
    assert reasons(0.2, ()) == ()
