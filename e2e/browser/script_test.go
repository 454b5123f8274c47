package browser_test

import "testing"

func TestEverythingWorksWithoutScripts(t *testing.T) {
	t.Parallel()
	visitor := visitor(t).WithoutScript()
	visitor.Go("/").Fill("Que cherches-tu ?", "pneu velo").Enter().Sees("réponse")
	visitor.Go("/annonces").Unfold("Menu").Press("Groupes").Press("Selle et crachin").Press("Signaler ce groupe").
		Choose("Autre chose").Fill("Raconte", "Le rendez-vous a changé de jour, la page ne le dit pas.").
		Fill("Ton nom", "Sans script").Fill("Ton adresse mail", "sans.script@example.org").Choose("À ma connaissance").
		Press("Envoyer").Sees("Merci, c'est arrivé.")

	const tip = "Le garage à vélos derrière la gare"
	resident := chromium.Person(t, product).WithoutScript().SignIn("ali@example.org")
	resident.Go("/ecrire").Press("Raconte un bon plan").Fill("En une phrase", tip).
		Fill("Raconte", "Couvert, éclairé, et il reste de la place après neuf heures.").
		Unfold("Plus de précisions").Choose("Samedi").Press("Publier").Sees(tip, "samedi")
	resident.Fill("Ta réponse", "Et il y a une pompe.").Press("Répondre").Sees("Et il y a une pompe.")
	visitor.Go("/bons-plans").Press(tip).Sees("Et il y a une pompe.")
}
