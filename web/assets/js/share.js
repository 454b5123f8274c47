// A link that shares opens the device's own sheet where there is one; without
// it, or without this script, it leads to the page that shows the address.
document.addEventListener('click', event => {
	const link = event.target.closest('a[data-share]')
	if (!link || !navigator.share) return
	event.preventDefault()
	navigator.share({title: link.dataset.title, url: link.dataset.share}).catch(error => {
		if (error.name !== 'AbortError') location.assign(link.href)
	})
})

for (const button of document.querySelectorAll('button[data-print]')) {
	button.hidden = false
	button.addEventListener('click', () => print())
}

// A button that copies appears with the means to copy.
for (const button of document.querySelectorAll('button[data-copy]')) {
	if (!navigator.clipboard) continue
	button.hidden = false
	button.addEventListener('click', async () => {
		await navigator.clipboard.writeText(button.dataset.copy)
		button.querySelector('[role=status]').textContent = button.dataset.done
	})
}
