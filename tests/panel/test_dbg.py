from tests.panel.test_cases_browser import *
from tests.panel.test_cases_browser import office, address, open_page
def test_pic(office, open_page):
    now = office.house.bot.now
    office.team.write(lambda c: c.execute(insert(canned_answers), [{"created_at": now, "title": "Saludo", "body": "Buenos días.", "language": "es", "reviewed_at": now},{"created_at": now, "title": "Pedir hora para llamar", "body": "Buenos días.", "language": "es", "reviewed_at": now}]).rowcount)
    office.in_danger(); office.set(wants="call", call_hours="tarde", unseen=2, country="SV", department="La Paz")
    office.wanted(); office.claim(2)
    chat=office.wanted("quiero hablar con una persona","whatsapp"); office.claim(1)
    case=office.case["id"]
    office.house.bot.wait(minutes=9)
    for size,name in ((PHONE,"phone"),(DESK,"desk")):
        page=open_page("ana",size)
        page.goto("/panel/casos"); page.screenshot(path=f"/tmp/list_{name}.png")
        page.goto(f"/panel/casos/{case}")
        if name=="phone":
            page.get_by_label("Su respuesta").fill("Buenos días, soy Ana, del equipo."); page.get_by_role("button",name="Enviar").click(); expect(page.locator("#p-hilo .staff")).to_be_visible()
            page.get_by_label("Nota interna").fill("Prefiere la tarde"); page.get_by_role("button",name="Guardar nota").click(); expect(page.locator("#p-notas")).to_contain_text("tarde")
        page.screenshot(path=f"/tmp/case_{name}.png", full_page=True)
    page.goto("/panel/turnos"); page.screenshot(path="/tmp/turnos.png", full_page=True)
